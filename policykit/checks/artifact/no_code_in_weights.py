"""`artifact.no_code_in_weights`"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, ClassVar

from pydantic import Field

from policykit.checks.artifact._contents import PICKLES, Content, contents_asked, contents_of, told
from policykit.checks.artifact._harmless import HARMLESS
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Cause, Unmeasured

_INERT = (
    "skops",
    "onnx",
    "safetensors",
    "json",
    "lightgbm text",
    "npy",
    "npz",
    "text",
    "empty",
    "zip",
)


class NoCodeInWeights(Check):
    """How many things the model's files would import beyond those that only rebuild numbers, or hide from being read.

    Pickles are followed opcode by opcode, and nothing they name is imported. What they would import is held against a list
    of what is known to be harmless, exactly: module and name. Every other name counts, known to be dangerous or not; so does
    a name that is computed, an extension code, a persistent id outside of torch, and a file that ends too soon. `allow`
    adds names, as `sklearn.linear_model._logistic:LogisticRegression`.

    ## Why it matters

    Lists of dangerous names are never complete: a scanner that knew `os.system` has let `ctypes.CDLL` pass. A list of
    harmless ones can be short, because weights need little.

    ## What it does not see

    What an allowed class does with its state when it is rebuilt: allow only classes whose code you have read. Forms that it
    cannot follow (HDF5, Keras, GGUF, LZ4) are not shown to be harmless, and stay undecided.
    """

    question: ClassVar = "is there no code hidden in the weights?"
    unit: ClassVar = Unit.COUNT
    better: ClassVar = "lower"
    data: ClassVar = ""
    examples: ClassVar = (
        Example("a pickle of numbers", "pass", {"at_most": 0}, model="(lp0\nF1.5\na."),
        Example("a pickle that opens a shell", "fail", {"at_most": 0}, model="cos\nsystem\n(S'id'\ntR."),
        Example(
            "a library that no list of dangerous names has",
            "fail",
            {"at_most": 0},
            model="cctypes\nCDLL\n(S'libc.so.6'\ntR.",
        ),
        Example("a class that the policy does not name", "fail", {"at_most": 0}, model="cacme.models\nTree\n(tR."),
        Example(
            "a class that the policy allows",
            "pass",
            {"at_most": 0},
            params={"allow": ["acme.models:Tree"]},
            model="cacme.models\nTree\n(tR.",
        ),
        Example("bytes that nobody knows", "undecided(wrong_type)", {"at_most": 0}, model="\x00\x01\x02\x03"),
        Example("no model", "undecided(missing)", {"at_most": 0}),
    )

    allow: tuple[Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_][\w.]*$", max_length=300)], ...] = Field(
        default=(), description="further classes and functions, as `module:name`, that may be imported"
    )

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return contents_asked()

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        files = contents_of(got)
        if isinstance(files, Unmeasured):
            return files
        found = [each for file in files for each in self._findings(file)]
        unknown = [f"`{file.path}`" for file in files if file.form not in (*_INERT, *PICKLES) and not file.refused]
        if unknown and not found:
            return Unmeasured(Cause.WRONG_TYPE, f"{told(unknown)}: of a form that cannot be followed")
        return exactly(len(found), len(files), detail=told(found))

    def _findings(self, file: Content) -> Iterator[str]:
        allowed = {tuple(each.split(":", 1)) for each in self.allow}
        for module, name in file.imports:
            if (module, name) not in HARMLESS and (module, name) not in allowed:
                yield f"`{file.path}` imports `{module}.{name}`"
        for why in file.refused:
            yield f"`{file.path}`: {why}"

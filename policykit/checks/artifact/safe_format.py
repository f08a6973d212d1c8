"""`artifact.safe_format`"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Final

from pydantic import Field

from policykit.checks.artifact._contents import contents_asked, contents_of, told
from policykit.terms.check import Answer, Check, Example, Got
from policykit.terms.estimate import exactly
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.quantity import Unit
from policykit.terms.verdict import Unmeasured

_SAFE: Final = frozenset(
    {"skops", "onnx", "safetensors", "json", "lightgbm text", "npy", "npz", "text", "empty", "zip"}
)


class SafeFormat(Check):
    """How many files of the model are in a form that can run code when it is loaded, or that is not known.

    Safe are skops, ONNX with the usual operators, safetensors, JSON (as XGBoost writes it), LightGBM's text, NumPy arrays
    without objects, plain text, and zips of nothing else: where all of the file is of that form, to its last byte, and nothing of
    it could be read as another. A file is what its bytes say, never what its name says. GGUF and Keras are not safe: their
    headers carry templates and calls.
    A pickle, whoever wrote it (`joblib`, `torch`), is not safe; a policy that accepts one says so with `accept: [pickle]`,
    and should ask for `artifact.no_code_in_weights` beside it.

    ## Why it matters

    Loading a pickle runs whatever its author wanted to run, with the rights of whoever loads it: on the machine that judges,
    and on every machine that serves. Forms that hold only numbers cannot do that.

    ## What it does not see

    Bugs in the programs that read safe forms, and a model that behaves badly by its numbers alone.
    """

    question: ClassVar = "can the model be loaded without running code that is hidden in it?"
    unit: ClassVar = Unit.COUNT
    better: ClassVar = "lower"
    data: ClassVar = ""
    examples: ClassVar = (
        Example("trees as JSON", "pass", {"at_most": 0}, model='{"learner": {"trees": []}}'),
        Example("a pickle", "fail", {"at_most": 0}, model="(lp0\nF1.5\na."),
        Example(
            "a pickle, where the policy accepts one",
            "pass",
            {"at_most": 0},
            params={"accept": ["pickle"]},
            model="(lp0\nF1.5\na.",
        ),
        Example("bytes that nobody knows", "fail", {"at_most": 0}, model="\x00\x01\x02\x03"),
        Example("no model", "undecided(missing)", {"at_most": 0}),
    )

    accept: tuple[Annotated[str, Field(min_length=1, max_length=40)], ...] = Field(
        default=(), description="further forms that are accepted: `pickle`, `joblib`, `torch`, `hdf5`, …"
    )

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return contents_asked()

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        files = contents_of(got)
        if isinstance(files, Unmeasured):
            return files
        found = []
        for file in files:
            if file.form not in _SAFE and file.form not in self.accept:
                found.append(f"`{file.path}` is {file.form or 'of a form that is not known'}")
            elif file.refused and file.form in _SAFE:
                found.append(f"`{file.path}`: {file.refused[0]}")
        return exactly(len(found), len(files), detail=told(found))

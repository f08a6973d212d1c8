"""`latency.p99`"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar

from policykit.checks.latency._percentile import examples, percentile, samples_asked
from policykit.terms.check import Answer, Check, Got
from policykit.terms.frame import Frame
from policykit.terms.measure import Measure
from policykit.terms.policy import Source
from policykit.terms.quantity import Unit


class P99(Check):
    """The time within which ninety-nine in a hundred answers arrive.

    From raw samples in the document `load_test`, never from a summary: the smallest sample that at least 99 % of all samples
    do not exceed, with an interval between two order statistics (binomial ranks: exact, whatever the shape). A 95 % upper
    bound takes 299 samples; with fewer the time can be shown to be too long, and not to be short enough.

    ## Why it matters

    The slowest one in a hundred are the ones people remember, and often those of the largest customers.
    An average hides it: nine answers in 10 ms and one in 2 s are 0.2 s on average.

    ## What it does not see

    The slowest one in a hundred, where a queue that overflows shows first.
    Load: samples taken one after another say nothing of a thousand users at once. Samples that follow one another are
    often alike (a cold cache, a busy minute), and the interval takes them for independent.
    """

    question: ClassVar = "do ninety-nine in a hundred answers arrive in time?"
    unit: ClassVar = Unit.DURATION
    better: ClassVar = "lower"
    about: ClassVar = "population"
    weakest: ClassVar = Source.DECLARED
    data: ClassVar = ""
    examples: ClassVar = examples()

    def measures(self, frame: Frame, got: Got) -> Mapping[str, Measure]:
        return samples_asked()

    def estimate(self, frame: Frame, got: Got, level: float) -> Answer:
        return percentile(got, Fraction(99, 100), "p99", level)

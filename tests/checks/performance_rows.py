"""What the tests of the metrics of classes share."""

from __future__ import annotations

import numpy as np
from sklearn import metrics

from policykit.checks.performance.accuracy import Accuracy
from policykit.checks.performance.balanced_accuracy import BalancedAccuracy
from policykit.checks.performance.f1 import F1
from policykit.checks.performance.precision import Precision
from policykit.checks.performance.recall import Recall

TWO = {"kind": "binary-classification", "target": "y", "prediction": "p", "positive": 1}


MANY = {"kind": "multiclass-classification", "target": "y", "prediction": "p"}


CHECKS = {
    "accuracy": Accuracy(),
    "balanced": BalancedAccuracy(),
    "precision": Precision(),
    "recall": Recall(),
    "f1": F1(),
    **{f"precision {a}": Precision(average=a) for a in ("weighted", "micro")},
    **{f"recall {a}": Recall(average=a) for a in ("weighted", "micro")},
    **{f"f1 {a}": F1(average=a) for a in ("weighted", "micro")},
}


def sklearn_of(name, y, p, average="macro"):
    match name.split():
        case ["accuracy"]:
            return metrics.accuracy_score(y, p)
        case ["balanced"]:
            return metrics.balanced_accuracy_score(y, p)
        case [metric, *given_average]:
            options = {"average": (given_average or [average])[0]}
            return getattr(metrics, f"{metric}_score")(y, p, **options)


def random_rows(classes, n, seed, right=0.7):
    random = np.random.RandomState(seed)
    y = random.choice(classes, n)
    p = np.where(random.random_sample(n) < right, y, random.choice(classes, n))
    return y.tolist(), p.tolist()


NAMES = ["accuracy", "balanced", "precision", "recall", "f1"]


FULL = {"y": [1] * 20 + [0] * 20, "p": [1] * 15 + [0] * 5 + [0] * 15 + [1] * 5}

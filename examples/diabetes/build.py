"""Build the bundle of this example from the 442 patients inside scikit-learn: `python examples/diabetes/build.py [FOLDER]`.

Every prediction is out of fold: made by a model that did not see that patient. So the numbers judge the recipe, on all 442
patients; the model that is saved has seen all of them.
"""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import pandas as pd
from figures import write_readme
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
FAST = 200
"""Progression in a year above which the clinic calls it fast; about a quarter of patients."""
OFFERED_FROM = 0.4
FOLDS = StratifiedKFold(n_splits=10, shuffle=True, random_state=442)


def patients() -> tuple[pd.DataFrame, pd.Series]:
    """Return (what was measured at the first visit, 1 where the disease then progressed fast)."""
    data = load_diabetes(scaled=False, as_frame=True)
    measured = data.data.astype({"age": "int64", "sex": "int64"})
    return measured, (data.target > FAST).astype("int64")


def recipe() -> Pipeline:
    """Return the untrained model."""
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


def out_of_fold() -> pd.DataFrame:
    """Return one row per patient, with a score from a model that did not see them."""
    measured, fast = patients()
    scores = cross_val_predict(recipe(), measured, fast, cv=FOLDS, method="predict_proba")[:, 1].round(6)
    return measured.assign(
        patient=range(1, len(measured) + 1), fast=fast, early=(scores >= OFFERED_FROM).astype("int64"), score=scores
    )


def build(target: Path) -> None:
    """Write `bundle/` into `target`."""
    import skops.io

    folder = target / "bundle"
    (folder / "data").mkdir(parents=True, exist_ok=True)
    (folder / "model").mkdir(exist_ok=True)
    measured, fast = patients()
    skops.io.dump(recipe().fit(measured, fast), folder / "model" / "model.skops", compression=zipfile.ZIP_DEFLATED)
    rows = out_of_fold()
    data = folder / "data" / "evaluation.csv"
    rows.to_csv(data, index=False, lineterminator="\n")
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    (folder / "bundle.yaml").write_text(_manifest(digest), encoding="utf-8")
    (folder / "MODEL_CARD.md").write_text(_card(rows), encoding="utf-8")


def _manifest(digest: str) -> str:
    return f"""# yaml-language-server: $schema=../../../schemas/bundle.v1.json
policykit: bundle/1
name: early-appointment
version: 0.3.0
labels: {{use_case: appointment-priority, risk: medium}}
task:
  kind: binary-classification
  target: fast                        # progression above {FAST} within a year
  prediction: early                   # an appointment within two weeks
  score: score
  positive: 1
  favourable: 1
attributes:
  sex: {{column: sex}}                 # coded 1 and 2; the source does not say which is which
  age: {{column: age}}
protected_attributes: [sex, age_band]
model: {{path: model/model.skops, format: skops, features: [age, sex, bmi, bp, s1, s2, s3, s4, s5, s6]}}
datasets:
  evaluation: {{path: data/evaluation.csv, key: patient, sha256: "{digest}"}}
documents:
  card: {{path: MODEL_CARD.md}}
facts:
  owners: {{model: l.haas@clinic.example, data: registry@clinic.example}}
  review: {{last: 2026-09-30, minutes: Clinical Safety Group 41}}
"""


def _card(rows: pd.DataFrame) -> str:
    area = float(roc_auc_score(rows.fast, rows.score))
    return f"""---
name: early-appointment
version: 0.3.0
license: Apache-2.0
task: binary-classification
owners:
  model: l.haas@clinic.example
  data: registry@clinic.example
intended_use: Give patients whose diabetes will probably progress fast an appointment within two weeks.
out_of_scope: Refusing or postponing care.
evaluation_data: data/evaluation.csv
metrics:
  roc_auc: {area:.4f}
---

# Early appointment 0.3.0

## Intended Use

Patients whose diabetes will probably progress fast are seen within two weeks. Everybody else is seen as usual.

## Evaluation Data

{len(rows)} patients (Efron et al., 2004; the data set inside scikit-learn), each predicted by a model that did not see
them, in ten folds.

## Training Data

The same {len(rows)} patients: the saved model has seen them all. What was judged is the recipe.

## Quantitative Analyses

Area under the ROC curve {area:.3f}.

## Ethical Considerations

An early appointment is what a patient wants; being missed by the model is the harm.

## Caveats and Recommendations

{int(rows.fast.sum())} patients progressed fast. That is too few to show that both sexes, or young and old, are found equally
often.
"""


if __name__ == "__main__":
    built = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE
    build(built)
    if built == HERE:
        write_readme(HERE, out_of_fold())

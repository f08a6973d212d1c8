"""Every key a bundle's manifest may have, and what it says: the reader, the schemas and the messages share these."""

from __future__ import annotations

from collections.abc import Mapping

KIND = "bundle/1"
MANIFEST = "bundle.yaml"

BUNDLE: Mapping[str, str] = {
    "policykit": "The kind of this document and the version of its language: `bundle/1`.",
    "name": "What the model is called, the same for all its versions.",
    "version": "The version of the model.",
    "labels": "What policies match on, such as `use_case: credit-scoring`; one value or a list.",
    "task": "What the model is for, and which columns hold labels, predictions and scores.",
    "attributes": "How this data names what policies speak of.",
    "protected_attributes": "The attributes whose groups must be treated alike.",
    "model": "Where the model lies; it is never loaded unless a rule needs it run.",
    "datasets": "The data, by role.",
    "documents": "The documents policies ask for, by name.",
    "facts": "What is declared about this model: owners, reviews, the way back.",
    "champion": "The report of the model in use.",
}
BUNDLE_NEEDED = ("name", "version", "datasets")

TASK: Mapping[str, str] = {
    "kind": "The kind of task.",
    "target": "The column with what really happened.",
    "prediction": "The column with what the model said, or `{from: score, at_least: 0.35}`.",
    "score": "The column with the model's score.",
    "positive": "The class that the model detects.",
    "favourable": "The outcome that a person wants.",
}
KINDS = ("binary-classification", "multiclass-classification", "regression", "ranking", "forecasting")
CUT: Mapping[str, str] = {
    "from": "The score that the prediction is cut from.",
    "at_least": "The prediction is positive where the score is this or more.",
}
ATTRIBUTE: Mapping[str, str] = {
    "column": "The column of the data.",
    "values": "Its values, renamed: what the data says, then what policies say.",
}
MODEL: Mapping[str, str] = {
    "path": "A file or a folder of the bundle.",
    "format": "How it was saved, such as `skops` or `onnx`.",
    "features": "The columns that the model reads.",
}
DATASET: Mapping[str, str] = {
    "path": "A file of the bundle, Parquet or CSV, or a pattern such as `data/production/*.parquet`.",
    "sha256": "What the file's SHA-256 must be.",
    "collected": "The day the data was collected.",
    "key": "The column or columns that tell one row from another.",
    "columns": "The types of columns, where they must not be guessed: `{zip: text}`.",
    "missing_values": "What stands for a missing value in CSV, instead of the usual list.",
    "predictions": "A file of predictions, joined by key.",
}
PREDICTIONS: Mapping[str, str] = {
    "path": "A file of the bundle, Parquet or CSV.",
    "key": "The column or columns by which it is joined.",
    "sha256": "What the file's SHA-256 must be.",
}
DOCUMENT: Mapping[str, str] = {
    "path": "A file of the bundle: JSON, Markdown or CSV.",
    "sha256": "What the file's SHA-256 must be.",
}
CHAMPION: Mapping[str, str] = {"report": "The signed report of the model in use, inside the bundle."}

ROLES = ("train", "validation", "test", "evaluation", "calibration", "production", "reference", "population")
DOCUMENTS = ("load_test", "privacy_ledger", "dp_training", "card")
COLUMN_TYPES = ("text", "integer", "decimal", "boolean", "date")

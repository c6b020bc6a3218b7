"""Croissant 1.0 metadata: the release described so that machines find and read it (``croissant.json``).

Source: the MLCommons Croissant Format Specification 1.0,
https://docs.mlcommons.org/croissant/docs/croissant-spec.html
"""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from pipelines.release.citation import AUTHOR, bibtex
from pipelines.release.manifest import Manifest
from pipelines.release.statements import BIASES, PERSONAL_DATA
from pipelines.schema import meaning

# The context that the specification prescribes word by word.
_CONTEXT = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "citeAs": "cr:citeAs",
    "column": "cr:column",
    "conformsTo": "dct:conformsTo",
    "cr": "http://mlcommons.org/croissant/",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataBiases": "cr:dataBiases",
    "dataCollection": "cr:dataCollection",
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "dct": "http://purl.org/dc/terms/",
    "extract": "cr:extract",
    "field": "cr:field",
    "fileObject": "cr:fileObject",
    "fileProperty": "cr:fileProperty",
    "fileSet": "cr:fileSet",
    "format": "cr:format",
    "includes": "cr:includes",
    "isLiveDataset": "cr:isLiveDataset",
    "jsonPath": "cr:jsonPath",
    "key": "cr:key",
    "md5": "cr:md5",
    "parentField": "cr:parentField",
    "path": "cr:path",
    "personalSensitiveInformation": "cr:personalSensitiveInformation",
    "recordSet": "cr:recordSet",
    "references": "cr:references",
    "regex": "cr:regex",
    "repeated": "cr:repeated",
    "replace": "cr:replace",
    "sc": "https://schema.org/",
    "separator": "cr:separator",
    "source": "cr:source",
    "subField": "cr:subField",
    "transform": "cr:transform",
}
_DESCRIPTION = (
    "The history of websites' privacy policies, from web archives: texts, versions, changes, coverage, "
    "each text with the archived capture that proves it."
)
_PARQUET = "application/x-parquet"


def croissant(manifest: Manifest) -> str:
    """The JSON-LD document of a release."""
    document = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": "wayback-policies",
        "description": _DESCRIPTION,
        "version": f"{manifest.lineage.number}.0.0",
        **({"datePublished": manifest.date} if manifest.date else {}),
        "creator": {"@type": "sc:Organization", "name": AUTHOR},
        "citeAs": bibtex(manifest.lineage, manifest.date),
        "dataBiases": [*BIASES],
        "personalSensitiveInformation": [*PERSONAL_DATA],
        "license": "The policies' texts belong to their authors; see README.md, Licence.",
        "isLiveDataset": False,
        "distribution": [node for name in manifest.tables for node in _distribution(manifest, name)],
        "recordSet": [_record_set(manifest, name) for name in manifest.tables],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _distribution(manifest: Manifest, table: str) -> list[dict[str, Any]]:
    """Every file with its sum, and the set of them that makes the table."""
    files = [
        {
            "@type": "cr:FileObject",
            "@id": path,
            "name": path,
            "contentUrl": path,
            "contentSize": f"{file.bytes} B",
            "encodingFormat": _PARQUET,
            "sha256": file.sha256,
        }
        for path, file in manifest.tables[table].files.items()
    ]
    return [
        *files,
        {
            "@type": "cr:FileSet",
            "@id": f"{table}-files",
            "name": f"{table}-files",
            "encodingFormat": _PARQUET,
            "includes": f"{table}/*.parquet",
        },
    ]


def _record_set(manifest: Manifest, table: str) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": table,
        "name": table,
        "description": meaning(manifest.tables[table].schema),
        "field": [_field(table, field) for field in manifest.tables[table].schema],
    }


def _field(table: str, field: pa.Field) -> dict[str, Any]:
    repeated = pa.types.is_list(field.type)
    kind = field.type.value_type if repeated else field.type
    source = {"fileSet": {"@id": f"{table}-files"}, "extract": {"column": field.name}}
    node: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": f"{table}/{field.name}",
        "name": field.name,
        "description": meaning(field),
    }
    if repeated:
        node["repeated"] = True
    if pa.types.is_struct(kind):
        node["subField"] = [
            {
                "@type": "cr:Field",
                "@id": f"{table}/{field.name}/{child.name}",
                "name": child.name,
                "description": meaning(child),
                "dataType": _data_type(child.type),
                "source": {**source, "transform": {"jsonPath": child.name}},
            }
            for child in kind
        ]
        return node
    return {**node, "dataType": _data_type(kind), "source": source}


def _data_type(kind: pa.DataType) -> str:
    if pa.types.is_boolean(kind):
        return "sc:Boolean"
    if pa.types.is_integer(kind):
        return "sc:Integer"
    if pa.types.is_floating(kind):
        return "sc:Float"
    if pa.types.is_temporal(kind):
        return "sc:Date"
    return "sc:Text"

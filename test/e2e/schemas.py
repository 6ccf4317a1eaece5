"""Validation of what goes over the wire against schemas/."""
import copy
import pathlib

from lxml import etree

ROOT = pathlib.Path(__file__).resolve().parents[2]
NAMES = ("operation", "device", "mfp", "keepalive", "audit")
OPERATION, DEVICE, MFP, KEEPALIVE, AUDIT = (f"urn:platen:{name}:1" for name in NAMES)

_schemas = {f"urn:platen:{name}:1": etree.XMLSchema(etree.parse(str(ROOT / f"schemas/{name}.xsd")))
            for name in NAMES}


def problems(xml):
    """What is wrong with the outermost elements of our namespaces in a stanza (or in
    an element alone): a list of texts, empty if nothing is."""
    root = etree.fromstring(xml) if isinstance(xml, (str, bytes)) else xml
    found = []
    _look(root, found)
    return found


def _look(element, found):
    if not isinstance(element.tag, str):
        return
    namespace = etree.QName(element).namespace
    if namespace in _schemas:
        alone = etree.ElementTree(copy.deepcopy(element))
        schema = _schemas[namespace]
        if not schema.validate(alone):
            found += [f"{error.message} in {etree.tostring(element, encoding='unicode')}"
                      for error in schema.error_log]
        return
    if namespace and namespace.startswith("urn:platen:"):
        found.append(f"no schema for {namespace}")
    for child in element:
        _look(child, found)

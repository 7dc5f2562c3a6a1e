"""What a JSON Schema finds wrong with YAML texts. Run by the Python that has jsonschema.

Standard input is {"schema": ..., "texts": [...]}, standard output a list with a list of faults for each text.
"""

import json
import re
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2, as editors read it: of words, only true and false are no texts, and a date is one."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if not tag.endswith((":bool", ":timestamp"))]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}
Loader.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"^(true|false)$"), list("tf"))


def with_names(value):
    """A document as JSON would have it: the names in mappings are texts."""
    if isinstance(value, dict):
        return {str(name): with_names(each) for name, each in value.items()}
    return [with_names(each) for each in value] if isinstance(value, list) else value


def main():
    given = json.load(sys.stdin)
    jsonschema.Draft202012Validator.check_schema(given["schema"])
    validator = jsonschema.Draft202012Validator(given["schema"])
    json.dump([[f"{error.json_path}: {error.message}" for error in validator.iter_errors(with_names(yaml.load(text, Loader)))]
               for text in given["texts"]], sys.stdout)


if __name__ == "__main__":
    main()

"""Files that people write and verbs read: strictly, whole, and with every mistake in one message."""

from launch.inputs.files import InputError, read_json, read_yaml, shown
from launch.inputs.folders import folders
from launch.inputs.schemas import complaints, schema

__all__ = ["InputError", "complaints", "folders", "read_json", "read_yaml", "schema", "shown"]

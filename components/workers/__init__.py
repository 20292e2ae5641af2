"""Cloudflare Workers: their code, bindings, domains, triggers and Durable Object classes."""

from components.workers import edge
from components.workers.bindings import Binding, DurableObject, Secret, Service, Text
from components.workers.classes import Classes, Migration, Uploaded, is_decided, uploaded
from components.workers.worker import Worker, WorkerArgs, version

__all__ = [
    "Binding",
    "Classes",
    "DurableObject",
    "Migration",
    "Secret",
    "Service",
    "Text",
    "Uploaded",
    "Worker",
    "WorkerArgs",
    "edge",
    "is_decided",
    "uploaded",
    "version",
]

"""Cloudflare Workers: their code, bindings, domains, triggers and Durable Object classes."""

from components.workers.bindings import Binding, DurableObject, Secret, Service, Text
from components.workers.classes import Migration
from components.workers.worker import Worker, WorkerArgs, version

__all__ = [
    "Binding",
    "DurableObject",
    "Migration",
    "Secret",
    "Service",
    "Text",
    "Worker",
    "WorkerArgs",
    "version",
]

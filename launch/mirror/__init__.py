"""Twins of the real accounts, read with calls that change nothing and written as a folder that people can review."""

from launch.mirror.masked import Rules
from launch.mirror.mirror import Mirrored, mirror
from launch.mirror.model import Reading, Rows, Subject, Unread
from launch.mirror.programs import pg_dump
from launch.mirror.report import report

__all__ = ["Mirrored", "Reading", "Rows", "Rules", "Subject", "Unread", "mirror", "pg_dump", "report"]

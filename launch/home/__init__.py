"""The home page for operators: what verbs found out last, on loopback, by the same generators as their files."""

from launch.home.pages import PAGES, Pages
from launch.home.server import Server, serve, served

__all__ = ["PAGES", "Pages", "Server", "serve", "served"]

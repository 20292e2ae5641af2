"""The home page for operators: the last results of the verbs, on loopback, from the same generators as their files."""

from launch.home.pages import PAGES, Pages
from launch.home.server import Server, serve, served

__all__ = ["PAGES", "Pages", "Server", "serve", "served"]

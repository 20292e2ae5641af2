"""The tool that keeps the documentation's generated parts and links correct."""

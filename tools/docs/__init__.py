"""Documentation for people, and the tool that keeps its generated parts true."""

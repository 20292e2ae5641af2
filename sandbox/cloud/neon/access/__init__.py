"""How clients reach a database: the front door and SQL over HTTP."""

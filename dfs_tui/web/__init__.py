"""The dashboard in a browser: who may come in (`door`), what is served (`server`), what it looks like (`page`)."""

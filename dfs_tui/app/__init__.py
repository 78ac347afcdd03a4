"""The dashboard itself: the only handlers that act, one module a concern; `dashboard.DfsApp` is all of them."""

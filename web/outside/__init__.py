"""For other tools: CDX and Memento, the separate replay component."""

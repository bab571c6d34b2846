"""Text out of pages and PDFs."""

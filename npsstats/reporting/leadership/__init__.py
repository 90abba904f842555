"""The leadership PDF: from data to facts to pages."""

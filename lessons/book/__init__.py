"""The book: the lessons printed as web pages that open by a double click, without a network."""

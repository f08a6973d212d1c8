"""Everything that makes one document invalid, one family of problems a file."""

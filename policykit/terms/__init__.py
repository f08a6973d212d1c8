"""The words of the product. Data only: no I/O, no engine, no clock."""

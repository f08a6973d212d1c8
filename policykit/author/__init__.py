"""Help for the people who write policies: pages, schemas, catalogues."""

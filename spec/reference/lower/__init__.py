"""From an integer program and a visibility to a system of relations: `lowering.md`, section by section."""

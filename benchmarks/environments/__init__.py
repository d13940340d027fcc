"""The same study in other environments: results must not change, or by less than is published."""

"""Downloads: what the catalogue lists, asked politely, checked before it is put in place, with a receipt for every file."""

"""The page to look around in: what it shows, worked out once; the browser does the rest without a network."""

"""What could overturn a least-squares result: neighbours, single municipalities, outliers, gaps, denominators."""

"""What comes next: forecasts that know the sampling error of every period."""

"""A series across a change of questionnaire: the map, the series, the change."""

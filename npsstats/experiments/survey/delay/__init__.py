"""The delay between experience and questionnaire as a number; when it leaves, when answers come."""

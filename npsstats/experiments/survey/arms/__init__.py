"""What each arm of a survey experiment brings: answers, scores, and who is behind them."""

from npsstats.experiments.survey.arms.room import SurveyArms, survey_arms

__all__ = ["SurveyArms", "survey_arms"]

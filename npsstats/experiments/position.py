"""The study of the question's place: first, before the last one, last.

The protocol, in the order of the code:

1. Every invitation is given a place by lot. All that were sent are analysed: who answers, and who
   gets to the end, are outcomes of the place, never filters.
2. Response and completion, of all sent: the randomized comparison, and the headline.
3. The score of those who answer, as it would be published; weighted to all who were sent the
   questionnaire by what is known of them; and within bounds that hold whatever they think.
4. By the quality of the experience, since the questions before colour a poor one most.
5. What the score tells of what customers do next: predictive validity, by place.
6. A verdict for each purpose. The best-looking score, the most representative one and the one
   that predicts best need not be asked in the same place.

Nothing here knows places: channel, wording and frequency are read by the same steps.
"""

from __future__ import annotations

from npsstats.experiments.survey.study import survey_study as position

__all__ = ["position"]

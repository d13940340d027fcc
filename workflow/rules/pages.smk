"""Stage 6: pages made from the results of all other stages.

Needs   results of stages 3 to 5
Makes   nothing yet
"""

# Pages of the default target.
PAGES = []

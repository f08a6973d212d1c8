"""policykit: may this model go to its next stage?"""

__version__ = "0.1.0"

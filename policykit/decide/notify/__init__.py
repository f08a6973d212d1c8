"""Telling people what was decided: mail, chat, pagers, by address."""

"""Memos: any result on one page."""

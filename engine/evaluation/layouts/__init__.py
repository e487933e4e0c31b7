"""Data sets as their makers lay them out: what photos there are, what each shows, and where it truly is."""

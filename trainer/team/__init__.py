"""The coach's room: people and rights, reviews, assignments, the team's picture, own materials, the archive."""

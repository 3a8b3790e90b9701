"""What words mean, for the client and for the grader alike."""

"""What is shown of a file: pictures of its pages, its words page by page. Whoever asks has asked `releases.access`."""

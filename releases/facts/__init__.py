"""What a file's bytes are like inside: pages, boxes, pictures, durations. Facts, not text."""

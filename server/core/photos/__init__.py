"""Photos as bytes and words: what a file holds besides its picture, what a device says of one, and tus headers."""

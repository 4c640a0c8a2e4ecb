"""Models by name: shipped, in a folder, or at the hub, with a card that says what they are."""

"""Reading images and videos of users, damaged files included."""

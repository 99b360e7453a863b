"""`sams`: looks and explains; what changes hosts or people is a deploy file."""

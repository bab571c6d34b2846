"""What exactly was served, and is it still intact?"""

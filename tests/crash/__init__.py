"""What a registry is after its process was killed, its disk was full or its file was damaged."""

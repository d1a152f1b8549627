"""What the blocking and the asynchronous client share, and the blocking one."""

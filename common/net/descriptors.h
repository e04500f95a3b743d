/* descriptors: closes descriptors that a child process must not keep open. */
#ifndef NET_DESCRIPTORS_H
#define NET_DESCRIPTORS_H

/* Closes every descriptor from `first` on. */
void net_close_from(int first);

#endif

// SPDX-License-Identifier: Apache-2.0
// lwIP's options. Everything of it runs in one task, the io task, and only the raw API is there;
// all pools follow from base/limits.h.
#pragma once

#include "base/limits.h"

// ---- Tasks ----
#define NO_SYS 0
#define SYS_LIGHTWEIGHT_PROT 0 // one task uses it all
#define LWIP_TCPIP_CORE_LOCKING 0
#define LWIP_COMPAT_MUTEX 0
#define LWIP_FREERTOS_SYS_NOW_FROM_FREERTOS 0 // sys_now is port/clock.h
#define TCPIP_THREAD_NAME "io"
#define TCPIP_THREAD_STACKSIZE (6 * 1024)
#define TCPIP_THREAD_PRIO 7 // the highest
#define TCPIP_MBOX_SIZE 8   // each source has one message on its way at most
#define LWIP_SOCKET 0
#define LWIP_NETCONN 0
#define LWIP_RAW 0
#define LWIP_TIMERS 1

// ---- Protocols ----
#define LWIP_IPV4 1
#define LWIP_IPV6 0
#define LWIP_ARP 1
#define LWIP_ETHERNET 1
#define LWIP_ICMP 1
#define LWIP_DHCP 1
#define LWIP_AUTOIP 0
#define LWIP_ACD 0
#define LWIP_DHCP_DOES_ACD_CHECK 0
#define LWIP_DNS 0
#define LWIP_UDP 1
#define LWIP_TCP 1
#define IP_REASSEMBLY 0
#define IP_FRAG 0
#define LWIP_NETIF_HOSTNAME 1
#define LWIP_NETIF_STATUS_CALLBACK 1
#define LWIP_NETIF_LINK_CALLBACK 1

// ---- TCP: a window of two segments for each connection ----
#define TCP_MSS 1460
#define TCP_WND (2 * TCP_MSS)
#define TCP_SND_BUF (2 * TCP_MSS)
#define TCP_SND_QUEUELEN 8
#define TCP_QUEUE_OOSEQ 1
#define TCP_OOSEQ_MAX_PBUFS 4
#define TCP_LISTEN_BACKLOG 1
#define LWIP_TCP_KEEPALIVE 0
#define LWIP_CALLBACK_API 1

// ---- Memory ----
#define MEM_ALIGNMENT 4
#define ETH_PAD_SIZE 2 // headers behind the Ethernet header are aligned
#define PBUF_POOL_BUFSIZE 512
// A window for each connection, held in pieces, and some frames on their way.
#define ISERE_LWIP_PIECES_PER_WINDOW ((TCP_WND + PBUF_POOL_BUFSIZE - 1) / PBUF_POOL_BUFSIZE)
#define PBUF_POOL_SIZE (ISERE_HTTP_CONNS_MAX * ISERE_LWIP_PIECES_PER_WINDOW / 2 + 12)
// What is being sent: a segment for each connection would need 24 KB; when it is short, sending
// waits.
#define MEM_SIZE (ISERE_HTTP_CONNS_MAX * 1024)
// Some more than connections: those that were closed and wait for their last packets.
#define MEMP_NUM_TCP_PCB (ISERE_HTTP_CONNS_MAX + 8)
#define MEMP_NUM_TCP_PCB_LISTEN 2
#define MEMP_NUM_TCP_SEG (ISERE_HTTP_CONNS_MAX * 3)
#define MEMP_NUM_UDP_PCB 2
#define MEMP_NUM_PBUF 8
#define MEMP_NUM_TCPIP_MSG_API 4
#define MEMP_NUM_TCPIP_MSG_INPKT 1
#define MEMP_NUM_SYS_TIMEOUT (LWIP_NUM_SYS_TIMEOUT_INTERNAL + 1)

// ---- Statistics: the pools' figures ----
#define LWIP_STATS 1
#define LINK_STATS 1
#define ETHARP_STATS 0
#define IP_STATS 0
#define ICMP_STATS 0
#define UDP_STATS 0
#define TCP_STATS 1
#define SYS_STATS 0
#define MEM_STATS 1
#define MEMP_STATS 1
#define LWIP_STATS_DISPLAY 0

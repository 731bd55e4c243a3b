// SPDX-License-Identifier: Apache-2.0
// lwIP's network interface on the LAN9118 Ethernet controller, its FIFOs driven by the processor.
// The interrupt only sends the io task a message; packets move in that task.
#include "lan9118.h"

#include <FreeRTOS.h>
#include <assert.h>
#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/stats.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>
#include <string.h>
#include <task.h>

#include "base/log.h"
#include "board.h"
#include "lwip_io.h"
#include "registers.h"

#define REG(offset) REGISTER(BOARD_LAN9118_BASE + (offset))
#define RX_DATA REG(0x00)
#define TX_DATA REG(0x20)
#define RX_STATUS REG(0x40)
#define ID_REV REG(0x50)
#define IRQ_CFG REG(0x54)
#define INT_STS REG(0x58)
#define INT_EN REG(0x5c)
#define BYTE_TEST REG(0x64)
#define FIFO_INT REG(0x68)
#define RX_CFG REG(0x6c)
#define TX_CFG REG(0x70)
#define HW_CFG REG(0x74)
#define RX_FIFO_INF REG(0x7c)
#define TX_FIFO_INF REG(0x80)
#define MAC_CSR_CMD REG(0xa4)
#define MAC_CSR_DATA REG(0xa8)
#define AFC_CFG REG(0xac)

#define BYTE_TEST_VALUE 0x87654321u
#define INT_RX_STATUS (1u << 3) // the level of the RX status FIFO
#define IRQ_CFG_ON 0x111u       // on, active high, push-pull
#define HW_CFG_RESET 1u
#define HW_CFG_TX_5KB (5u << 16 | 1u << 20) // must be one: must be set
#define TX_CFG_ON (1u << 1)
#define TX_CFG_STATUS_MAY_OVERRUN (1u << 2)
#define RX_CFG_OFFSET(bytes) ((uint32_t)(bytes) << 8)
#define TX_A_FIRST (1u << 13)
#define TX_A_LAST (1u << 12)
#define TX_A_OFFSET(bytes) ((uint32_t)(bytes) << 16)
#define RX_STATUS_ERROR (1u << 15)
#define RX_STATUS_BYTES(status) ((status) >> 16 & 0x3fffu)
#define FCS_BYTES 4u

#define CSR_BUSY (1u << 31)
#define CSR_READ (1u << 30)
#define MAC_CR 1u
#define MAC_ADDRH 2u
#define MAC_ADDRL 3u
#define MAC_CR_RX (1u << 2)
#define MAC_CR_TX (1u << 3)
#define MAC_CR_FULL_DUPLEX (1u << 20)

// Then others get their turn.
#define FRAMES_PER_TURN 16

static struct {
  struct netif netif;
  struct tcpip_callback_msg *message;
} lan;

// ---- The MAC's registers ----

static void mac_wait(void) {
  while ((MAC_CSR_CMD & CSR_BUSY) != 0) {}
}

static uint32_t mac_read(uint32_t index) {
  mac_wait();
  MAC_CSR_CMD = CSR_BUSY | CSR_READ | index;
  mac_wait();
  return MAC_CSR_DATA;
}

static void mac_write(uint32_t index, uint32_t value) {
  mac_wait();
  MAC_CSR_DATA = value;
  MAC_CSR_CMD = CSR_BUSY | index;
  mac_wait();
}

// ---- Sending ----

// The controller takes pieces at any offset, so the pbufs go out as they are.
static err_t send(struct netif *netif, struct pbuf *frame) {
  const uint32_t frame_bytes = frame->tot_len - ETH_PAD_SIZE;
  uint32_t pieces = 0;
  (void)netif;
  for (const struct pbuf *p = frame; p != NULL; p = p->next) {
    pieces++;
  }
  if ((TX_FIFO_INF & 0xffffu) < frame_bytes + pieces * 12u) {
    LINK_STATS_INC(link.drop);
    return ERR_MEM;
  }
  for (const struct pbuf *p = frame; p != NULL; p = p->next) {
    const size_t skip = p == frame ? ETH_PAD_SIZE : 0;
    const uintptr_t start = (uintptr_t)p->payload + skip;
    const uint32_t offset = start & 3u;
    const uint32_t bytes = (uint32_t)(p->len - skip);
    const uint32_t *word = (const uint32_t *)(start - offset);
    TX_DATA = TX_A_OFFSET(offset) | (p == frame ? TX_A_FIRST : 0u) |
              (p->next == NULL ? TX_A_LAST : 0u) | bytes;
    TX_DATA = frame_bytes;
    for (uint32_t count = (offset + bytes + 3u) / 4u; count > 0; count--) {
      TX_DATA = *word++;
    }
  }
  LINK_STATS_INC(link.xmit);
  return ERR_OK;
}

// ---- Receiving ----

static void drop_words(uint32_t words) {
  for (; words > 0; words--) {
    (void)RX_DATA;
  }
}

// The FIFO gives ETH_PAD_SIZE bytes before the frame, as lwIP wants them, and its check sequence
// behind it.
static void receive_one(void) {
  const uint32_t status = RX_STATUS;
  const uint32_t fifo_bytes = RX_STATUS_BYTES(status) + ETH_PAD_SIZE;
  const uint32_t words = (fifo_bytes + 3u) / 4u;
  if ((status & RX_STATUS_ERROR) != 0u || fifo_bytes < FCS_BYTES + ETH_PAD_SIZE) {
    LINK_STATS_INC(link.err);
    drop_words(words);
    return;
  }
  struct pbuf *frame = pbuf_alloc(PBUF_RAW, (u16_t)(fifo_bytes - FCS_BYTES), PBUF_POOL);
  if (frame == NULL) {
    LINK_STATS_INC(link.memerr);
    drop_words(words);
    return;
  }
  uint32_t left = words;
  for (struct pbuf *p = frame; p != NULL; p = p->next) {
    // Each piece begins and, but for the last, ends at a word.
    uint32_t *word = p->payload;
    for (uint32_t count = (p->len + 3u) / 4u; count > 0; count--, left--) {
      *word++ = RX_DATA;
    }
  }
  drop_words(left);
  LINK_STATS_INC(link.recv);
  if (lan.netif.input(frame, &lan.netif) != ERR_OK) {
    pbuf_free(frame);
  }
}

static uint32_t frames_waiting(void) {
  return RX_FIFO_INF >> 16 & 0xffu;
}

static void on_frames(void *arg) {
  (void)arg;
  isere_lwip_batch_begin();
  for (int i = 0; i < FRAMES_PER_TURN && frames_waiting() > 0; i++) {
    receive_one();
  }
  isere_lwip_batch_end();
  // What is still there, or came meanwhile, interrupts again: the FIFO's level is what counts.
  INT_STS = INT_RX_STATUS;
  INT_EN = INT_RX_STATUS;
}

void isere_lan9118_on_interrupt(void) {
  INT_EN = 0;
  const err_t err = tcpip_callbackmsg_trycallback_fromisr(lan.message);
  configASSERT(err == ERR_OK || err == 123); // the mailbox has room for it
  const BaseType_t is_woken = err != ERR_OK;
  portYIELD_FROM_ISR(is_woken);
}

// ---- Start ----

static void read_address(uint8_t address[6]) {
  const uint32_t low = mac_read(MAC_ADDRL);
  const uint32_t high = mac_read(MAC_ADDRH);
  memcpy(address, &low, 4);
  memcpy(address + 4, &high, 2);
}

static err_t netif_init_device(struct netif *netif) {
  netif->name[0] = 'e';
  netif->name[1] = 'n';
  netif->output = etharp_output;
  netif->linkoutput = send;
  netif->mtu = 1500;
  netif->hwaddr_len = ETH_HWADDR_LEN;
  netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET;
  if (BYTE_TEST != BYTE_TEST_VALUE) {
    return ERR_IF;
  }
  HW_CFG = HW_CFG_RESET;
  while ((HW_CFG & HW_CFG_RESET) != 0) {}
  HW_CFG = HW_CFG_TX_5KB;
  AFC_CFG = 0x006e3740u; // flow control at half full
  INT_EN = 0;
  INT_STS = UINT32_MAX;
  IRQ_CFG = IRQ_CFG_ON;
  FIFO_INT = 0; // interrupts as soon as one status is there
  RX_CFG = RX_CFG_OFFSET(ETH_PAD_SIZE);
  TX_CFG = TX_CFG_ON | TX_CFG_STATUS_MAY_OVERRUN;
  read_address(netif->hwaddr);
  mac_write(MAC_CR, MAC_CR_RX | MAC_CR_TX | MAC_CR_FULL_DUPLEX);
  return ERR_OK;
}

struct netif *isere_board_netif_add(void) {
  lan.message = tcpip_callbackmsg_new(on_frames, NULL);
  assert(lan.message != NULL);
  if (netif_add_noaddr(&lan.netif, NULL, netif_init_device, ethernet_input) == NULL) {
    isere_log(ISERE_LOG_ERROR, "net", "there is no Ethernet controller");
    assert(false);
  }
  netif_set_link_up(&lan.netif);
  NVIC_IPR(BOARD_LAN9118_IRQ) = IRQ_PRIORITY;
  NVIC_ISER(BOARD_LAN9118_IRQ) = 1u << (BOARD_LAN9118_IRQ % 32u);
  INT_EN = INT_RX_STATUS;
  return &lan.netif;
}

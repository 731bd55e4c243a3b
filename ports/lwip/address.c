// SPDX-License-Identifier: Apache-2.0
// The board's address: by DHCP, or as the build gives it (NET_ADDRESS).
#include <lwip/dhcp.h>
#include <lwip/netif.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "build_config.h"
#include "lwip_io.h"

// Splits "10.0.0.2/24,10.0.0.1": address, prefix length, gateway. Returns false when it is none.
static bool parse(const char *text, ip4_addr_t *address, ip4_addr_t *mask, ip4_addr_t *gateway) {
  char part[48];
  if (strlen(text) >= sizeof(part)) {
    return false;
  }
  strcpy(part, text);
  char *comma = strchr(part, ',');
  if (comma != NULL) {
    *comma = '\0';
  }
  char *slash = strchr(part, '/');
  int prefix = 24;
  if (slash != NULL) {
    *slash = '\0';
    prefix = atoi(slash + 1);
  }
  if (prefix < 1 || prefix > 32 || !ip4addr_aton(part, address)) {
    return false;
  }
  mask->addr = lwip_htonl(UINT32_MAX << (32 - prefix));
  gateway->addr = 0;
  return comma == NULL || ip4addr_aton(comma + 1, gateway);
}

static void on_status(struct netif *netif) {
  if (netif_is_up(netif) && !ip4_addr_isany(netif_ip4_addr(netif))) {
    char address[16];
    char gateway[16];
    ip4addr_ntoa_r(netif_ip4_addr(netif), address, sizeof(address));
    ip4addr_ntoa_r(netif_ip4_gw(netif), gateway, sizeof(gateway));
    isere_log(ISERE_LOG_INFO, "net", "address %s, gateway %s", address, gateway);
  }
}

static void on_link(struct netif *netif) {
  isere_log(ISERE_LOG_INFO, "net", "link is %s", netif_is_link_up(netif) ? "up" : "down");
}

void isere_lwip_address_init(void) {
  struct netif *netif = isere_board_netif_add();
  netif_set_hostname(netif, "isere");
  netif_set_status_callback(netif, on_status);
  netif_set_link_callback(netif, on_link);
  netif_set_default(netif);
  const char *text = ISERE_NET_ADDRESS;
  ip4_addr_t address;
  ip4_addr_t mask;
  ip4_addr_t gateway;
  if (*text != '\0' && parse(text, &address, &mask, &gateway)) {
    netif_set_addr(netif, &address, &mask, &gateway);
    netif_set_up(netif);
    return;
  }
  if (*text != '\0') {
    isere_log(ISERE_LOG_ERROR, "net", "\"%s\" is no address: asking DHCP for one", text);
  }
  netif_set_up(netif);
  if (dhcp_start(netif) != ERR_OK) {
    isere_log(ISERE_LOG_ERROR, "net", "DHCP could not be started");
  }
}

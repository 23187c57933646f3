from django.urls import path

from commanda.web.shipping import carriers, desk, manifests, recording, returns, sent

urlpatterns = [
    path("shipping/", desk.to_send, name="shipping"),
    path("shipping/send/", desk.send, name="shipping_send"),
    path("shipping/sent/", sent.on_the_road, name="shipping_sent"),
    path("shipping/sent/change/", sent.change, name="shipping_change"),
    path("shipping/orders/<int:order_id>/tracking/", sent.tracking, name="shipping_tracking"),
    path("shipping/record/", recording.record, name="shipping_record"),
    path("shipping/returns/", returns.to_inspect, name="shipping_returns"),
    path("shipping/returns/<int:order_id>/", returns.inspect, name="shipping_inspect"),
    path("shipping/manifests/", manifests.manifest_list, name="shipping_manifests"),
    path("shipping/manifests/<int:manifest_id>/", manifests.manifest_detail, name="shipping_manifest"),
    path("shipping/manifests/<int:manifest_id>/print/", manifests.manifest_print, name="shipping_manifest_print"),
    path("shipping/manifests/<int:manifest_id>/<slug:kind>/", manifests.manifest_file, name="shipping_manifest_file"),
    path("shipping/carriers/", carriers.carrier_list, name="shipping_carriers"),
    path("shipping/carriers/new/", carriers.edit_carrier, name="shipping_carrier_new"),
    path("shipping/carriers/<int:carrier_id>/", carriers.edit_carrier, name="shipping_carrier"),
]
